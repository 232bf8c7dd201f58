/** Answers of real supervisors (12.10.10, 14.11.1, 19.0.5), as they were recorded, for a client that asks the same. */
import { readFileSync } from 'node:fs';
import type { SupervisorHttp, SupervisorRequest } from '../../src/supervisor/client/supervisor-http.ts';

export interface Exchange {
  readonly version: string;
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly contentType: string | null;
  readonly body: string | null;
  /** null: the connection was closed without an answer. */
  readonly status: number | null;
  readonly answer: string;
}

const fixture = (name: string): URL => new URL(`../fixtures/supervisor/${name}.json`, import.meta.url);

export const exchanges = JSON.parse(readFileSync(fixture('exchanges'), 'utf8')) as readonly Exchange[];

export interface FieldCase {
  readonly name: string;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>> | null;
  readonly verdict: 'ok' | 'LOOP' | 'NEVER APPLIED';
  readonly engineGot: Readonly<Record<string, unknown>>;
}

/** Compose fields that were sent to supervisor 19.0.5, and what came of them. */
export const fieldCases = JSON.parse(readFileSync(fixture('fields'), 'utf8')) as readonly FieldCase[];

/** The answer that was recorded under `title`. */
export function recorded(title: string): Exchange {
  const found = exchanges.find(it => it.title === title);
  if (found === undefined) throw new Error(`nothing is recorded as ${JSON.stringify(title)}`);
  return found;
}

/** HTTP that expects just these requests, in this order, and keeps what was sent. */
export class ScriptedHttp implements SupervisorHttp {
  readonly sent: SupervisorRequest[] = [];
  readonly #script: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly answer: string;
  }[];

  constructor(
    ...script: readonly (Exchange | { method: string; path: string; status: number; answer: string })[]
  ) {
    this.#script = script.map(it => ({ ...it, status: it.status ?? 0 }));
  }

  send(request: SupervisorRequest): ReturnType<SupervisorHttp['send']> {
    const next = this.#script.shift();
    if (next?.method !== request.method || next.path !== request.path)
      throw new Error(`unexpected ${request.method} ${request.path}`);
    this.sent.push(request);
    return Promise.resolve({ status: next.status, body: Buffer.from(next.answer) });
  }

  async open(request: SupervisorRequest): ReturnType<SupervisorHttp['open']> {
    const { status, body } = await this.send(request);
    return {
      status,
      body: (async function* () {
        yield await Promise.resolve(body);
      })(),
    };
  }
}
