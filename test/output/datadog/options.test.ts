import { describe, expect, it } from "vitest";
import { baseUrl } from "../../../src/output/datadog/options.ts";

describe("the base URL", () => {
  it.each([
    ["datadoghq.com", undefined, "https://api.datadoghq.com"],
    ["us3.datadoghq.com", undefined, "https://api.us3.datadoghq.com"],
    ["app.datadoghq.eu", undefined, "https://api.datadoghq.eu"],
    [" https://api.ap1.datadoghq.com./x ", undefined, "https://api.ap1.datadoghq.com"],
    ["brand-new.example", undefined, "https://api.brand-new.example"],
    ["datadoghq.com", "http://127.0.0.1:8428/datadog/", "http://127.0.0.1:8428/datadog"],
    ["datadoghq.com", "https://proxy.example//", "https://proxy.example"],
  ])("of site %j and url %j is %s", (site, url, want) => expect(baseUrl({ site, url })).toBe(want));
});
