import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { load } from "./config/support.ts";
import { filesIn, readSource } from "./support/source-tree.ts";

interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const text = (path: string): string => readSource(path).lines.join("\n");
const { services, volumes } = parse(text("docker-compose.yml")) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const { config } = load({ file: text("deploy/docker/tallyd.yaml") });

describe("the container image", () => {
  it("has a valid configuration that listens on all addresses", () => {
    expect(config.listen).toEqual(["udp://0.0.0.0:8125"]);
    expect(config.http).toEqual({ host: "0.0.0.0", port: 9102 });
  });

  it("exposes and checks the ports of that configuration, and runs as somebody without rights", () => {
    const dockerfile = text("Dockerfile");
    expect(dockerfile).toContain("EXPOSE 8125/udp 9102/tcp");
    expect(dockerfile).toContain("http://127.0.0.1:9102/-/healthy");
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it("copies nothing that .dockerignore keeps out", () => {
    const kept = readSource(".dockerignore")
      .lines.filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copies = [...text("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? "").split(" "),
    );
    expect(copies.length).toBeGreaterThan(4);
    expect(copies.filter((path) => !kept.some((start) => path === start || path.startsWith(`${start}/`)))).toEqual([]);
  });
});

describe("docker-compose.yml", () => {
  it("runs tallyd, built from here, and a Prometheus", () => {
    expect(Object.keys(services)).toEqual(["tallyd", "prometheus"]);
    expect(services["tallyd"]?.build).toBe(".");
    expect(services["prometheus"]?.image).toMatch(/^prom\/prometheus:v\d+\.\d+\.\d+$/);
  });

  it("opens ports to this machine alone, each to a port that the server has", () => {
    expect(services["tallyd"]?.ports).toEqual(["127.0.0.1:8125:8125/udp", `127.0.0.1:9102:${config.http.port}/tcp`]);
    expect(services["prometheus"]?.ports).toEqual(["127.0.0.1:9090:9090/tcp"]);
  });

  it("mounts what exists", () => {
    const mounts = Object.values(services).flatMap((service) => service.volumes ?? []);
    const sources = mounts.map((mount) => mount.split(":")[0] ?? "");
    expect(sources).toEqual(["./deploy/prometheus", "prometheus-data"]);
    expect(filesIn("deploy/prometheus").map(({ path }) => path)).toContain("deploy/prometheus/prometheus.yml");
    expect(Object.keys(volumes)).toEqual(["prometheus-data"]);
  });
});

it("Prometheus scrapes tallyd by its name in the compose file", () => {
  const { scrape_configs: jobs } = parse(text("deploy/prometheus/prometheus.yml")) as {
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly static_configs: readonly { readonly targets: string[] }[];
    }[];
  };
  const tallyd = jobs.find((job) => job.job_name === "tallyd");
  expect(tallyd?.static_configs).toEqual([{ targets: [`tallyd:${config.http.port}`] }]);
});
