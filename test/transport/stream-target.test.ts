import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openStream } from "../../src/transport/target/stream.ts";
import { TargetError } from "../../src/transport/target/target.ts";

/** A server whose clients are never read from. */
async function deafServer(): Promise<{ readonly scheme: "tcp"; readonly host: string; readonly port: number }> {
  const clients: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (client) => void clients.push(client));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  return { scheme: "tcp", host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

it("gives up on a receiver that reads nothing, instead of waiting for ever", async () => {
  const stream = await openStream(await deafServer(), 100);
  // More than the buffers of both sides have room for.
  const writing = stream.write(Buffer.alloc(64 << 20));
  await expect(writing).rejects.toThrow(TargetError);
  await expect(writing).rejects.toThrow("the receiver has read nothing for 0.1 s");
  await stream.close();
});

it("does not take silence for that while there is nothing to read", async () => {
  const stream = await openStream(await deafServer(), 20);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await stream.write(Buffer.from("still.here:1|c\n"));
});
