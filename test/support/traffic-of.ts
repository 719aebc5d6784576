import { sumTraffic } from "../../src/flush/traffic.ts";
import type { Traffic } from "../../src/model/status.ts";

/** Traffic that is zero but for what is given. */
export function trafficOf(given: Partial<Traffic>): Traffic {
  return { ...sumTraffic([]), ...given };
}
