// Runs in a browser, in the page that is looked at: see `browser.ts`. Its value is what there is to complain about.
(() => {
  /** WCAG 2: the least contrast of ordinary text. */
  const CONTRAST_MIN = 4.5;

  /** Red, green and blue, and opacity where it is not 1, of a computed colour: `rgb(1, 2, 3)`. */
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);

  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const backgroundOf = (element) => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? backgroundOf(element.parentElement) : backgroundColor;
  };

  const contrastOf = (element) => {
    const { color, fill } = getComputedStyle(element);
    const ink = luminance(element instanceof SVGElement ? fill : color);
    const ground = luminance(backgroundOf(element));
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  };

  const complaints = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) complaints.push(`the page is ${scrollWidth} wide, the window ${innerWidth}`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode() !== null) {
    const { parentElement, textContent } = texts.currentNode;
    const text = textContent.trim();
    if (text === "" || parentElement.getClientRects().length === 0) continue;
    const contrast = contrastOf(parentElement);
    if (contrast < CONTRAST_MIN) complaints.push(`"${text}" has a contrast of ${contrast.toFixed(1)}`);
    const { fontSize } = getComputedStyle(parentElement);
    const scale = parentElement.getScreenCTM?.().a ?? 1;
    if (parseFloat(fontSize) * scale < 9)
      complaints.push(`"${text}" is ${(parseFloat(fontSize) * scale).toFixed(1)} px high`);
  }
  return complaints;
})();
