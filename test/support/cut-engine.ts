import { Readable } from 'node:stream';
import { OsError } from '../../src/core/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';

/** `before`: the engine does not get the request. `within`: it gets a part of its body. `after`: it carries it out, and the answer is lost. */
export type CutPoint = 'before' | 'within' | 'after';

export interface CutEngine {
  readonly engine: Engine;
  /** The requests so far, in order. */
  readonly requests: readonly string[];
}

/** Requests whose answers are streams. */
const streaming = new Set(['buildImage', 'loadImage', 'pullImage']);
/** The connection of the lock, which is one of its own. */
const uncounted = new Set(['watchEvents']);

const lost = (): OsError => new OsError('connection-lost', 'the connection is cut');

async function readFirst(body: unknown): Promise<void> {
  if (!(body instanceof Readable)) return;
  for await (const _ of body) break;
}

/** An engine whose connection is lost for good at the request `at`, counted from 1; at none if `at` is 0. */
export function cutEngine(engine: Engine, at: number, point: CutPoint = 'before'): CutEngine {
  const requests: string[] = [];
  let isCut = false;
  const call = (name: string, method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    requests.push(name);
    const isNow = requests.length === at && !isCut;
    const stream = async function* (): AsyncGenerator {
      if (isCut) throw lost();
      if (isNow && point !== 'after') {
        isCut = true;
        if (point === 'within') await readFirst(args[0]);
        throw lost();
      }
      yield* method(...args) as AsyncIterable<unknown>;
      if (!isNow) return;
      isCut = true;
      throw lost();
    };
    if (streaming.has(name)) return stream();
    return (async () => {
      if (isCut) throw lost();
      if (isNow && point !== 'after') {
        isCut = true;
        throw lost();
      }
      const answer = await method(...args);
      if (!isNow) return answer;
      isCut = true;
      throw lost();
    })();
  };
  return {
    requests,
    engine: new Proxy(engine, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function' || typeof key !== 'string') return value;
        const method = value.bind(target) as (...args: unknown[]) => unknown;
        return uncounted.has(key) ? method : (...args: unknown[]) => call(key, method, args);
      },
    }),
  };
}
