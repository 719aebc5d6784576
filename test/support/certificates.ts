import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Identity {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority in a folder of its own, by the openssl command. */
export interface Authority {
  readonly caFile: string;
  readonly ca: string;
  /** Makes a key and a certificate for the subject alternative names, such as `IP:127.0.0.1` or `DNS:a.example`. */
  issue(name: string, names: string): Identity;
}

export function createAuthority(directory: string, name = "ca"): Authority {
  const path = (file: string): string => join(directory, file);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const [caFile, caKey] = [path(`${name}.pem`), path(`${name}-key.pem`)];
  openssl("req", "-x509", ...newKey, "-keyout", caKey, "-out", caFile, "-days", "2", "-subj", `/CN=${name}`);
  return {
    caFile,
    ca: readFileSync(caFile, "utf8"),
    issue(subject, names) {
      const [certFile, keyFile] = [path(`${subject}.pem`), path(`${subject}-key.pem`)];
      const signed = ["-CA", caFile, "-CAkey", caKey, "-addext", `subjectAltName=${names}`];
      openssl(
        "req",
        "-x509",
        ...newKey,
        "-keyout",
        keyFile,
        "-out",
        certFile,
        "-days",
        "2",
        "-subj",
        `/CN=${subject}`,
        ...signed,
      );
      return { certFile, keyFile, cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
    },
  };
}
