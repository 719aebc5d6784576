/** Rounds of halving after which what is left is sorted: who chooses the numbers cannot make them all bad ones. */
const ROUNDS_MAX = 40;

/**
 * The number that would be at `index` if `numbers` were sorted, lowest first (Hoare's selection). It takes time in proportion to their
 * number, where a sort takes several times that, and leaves them in another order. None may be NaN.
 */
export function select(numbers: Float64Array, index: number): number {
  let low = 0;
  let high = numbers.length - 1;
  for (let round = 0; low < high; round++) {
    if (round === ROUNDS_MAX) {
      numbers.subarray(low, high + 1).sort();
      break;
    }
    const pivot = middle(at(numbers, low), at(numbers, (low + high) >>> 1), at(numbers, high));
    let left = low;
    let right = high;
    // Equal ones are swapped too, so that the halves are even where all are equal.
    while (left <= right) {
      while (at(numbers, left) < pivot) left++;
      while (at(numbers, right) > pivot) right--;
      if (left > right) break;
      const swapped = at(numbers, left);
      numbers[left++] = at(numbers, right);
      numbers[right--] = swapped;
    }
    // All up to `right` are at most the pivot, all from `left` on at least; one between them is the pivot.
    if (index <= right) high = right;
    else if (index >= left) low = left;
    else break;
  }
  return at(numbers, index);
}

function middle(first: number, second: number, third: number): number {
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] as number;
}
