/** `GET /v2/local/logs`: lines from now on, to everybody who listens; nothing is kept for those who come later. */
import type { EngineApi } from '../engine/engine-api.ts';
import { objectOf } from '../json.ts';
import { must } from '../engine/engine-objects.ts';

export interface LogOptions {
  readonly engine: EngineApi;
  /** Times of the supervisor's own lines. */
  readonly tellsTimes: boolean;
  readonly repeatsFirstLines: boolean;
}

export class LogStream {
  readonly #listeners = new Set<(line: string) => void>();
  readonly #followed = new Set<string>();
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Returns what ends it. */
  listen(write: (line: string) => void): () => void {
    write('{"message":"Streaming logs","isSystem":true}\n');
    this.#listeners.add(write);
    return () => this.#listeners.delete(write);
  }

  system(message: string): void {
    const time = this.#options.tellsTimes ? { timestamp: Date.now() } : {};
    this.#send({ message, isSystem: true, ...time });
  }

  /** Hands on what the container prints from now on. */
  follow(containerId: string): void {
    if (this.#followed.has(containerId)) return;
    this.#followed.add(containerId);
    this.#follow(containerId)
      .catch(() => undefined)
      .finally(() => this.#followed.delete(containerId));
  }

  async #follow(containerId: string): Promise<void> {
    const { engine, repeatsFirstLines } = this.#options;
    const { body } = await must(engine, 'GET', `/containers/${containerId}/json`);
    const { Tty: isTty, Labels: labels } = objectOf(objectOf(body)['Config']);
    const service = objectOf(labels);
    const since = (Date.now() / 1000 - 1).toFixed(3);
    const path = `/containers/${containerId}/logs?follow=1&stdout=1&stderr=1&since=${since}`;
    const beganMs = Date.now();
    for await (const text of linesOf(await engine.open(path, new AbortController().signal), isTty === true)) {
      const line = {
        serviceName: service['io.balena.service-name'],
        message: text,
        isStdErr: false,
        timestamp: Date.now(),
        serviceId: Number(service['io.balena.service-id']),
      };
      this.#send(line);
      if (repeatsFirstLines && Date.now() - beganMs < 1000) this.#send(line);
    }
  }

  #send(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    for (const write of this.#listeners) write(text);
  }
}

/** Lines of a container; without a terminal its output comes in frames of 8 bytes of head. */
async function* linesOf(stream: AsyncIterable<Buffer>, isTty: boolean): AsyncGenerator<string> {
  let raw = Buffer.alloc(0);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    if (isTty) text += decoder.decode(chunk, { stream: true });
    else {
      raw = Buffer.concat([raw, chunk]);
      while (raw.length >= 8 && raw.length >= 8 + raw.readUInt32BE(4)) {
        const end = 8 + raw.readUInt32BE(4);
        text += decoder.decode(raw.subarray(8, end), { stream: true });
        raw = raw.subarray(end);
      }
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    yield* lines;
  }
}
