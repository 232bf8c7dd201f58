import { OsError } from '../core/errors.ts';
import type { EngineMessage, RegistryLogin } from './engine.ts';
import { engineComplaint } from './engine-errors.ts';
import { readProgress } from './progress-messages.ts';
import { streamFrom, type StreamSource } from './streams.ts';

/** What to do about an engine's words, where they tell. The engine speaks of registries in words alone. */
const pullHints: readonly (readonly [RegExp, string])[] = [
  [/x509: .*(?:expired|not yet valid)/i, "is the device's clock right?"],
  [
    /x509|server gave HTTP response to HTTPS client/i,
    "the registry is not one that the device's engine trusts",
  ],
  [
    /no basic auth credentials|unauthorized|authentication required|denied/i,
    'log in with docker login, or give --registry-secrets; is its name right?',
  ],
  [/manifest unknown|not found/i, 'are its name and its tag right?'],
  [
    /dial tcp|lookup|timeout|request canceled|unreachable/i,
    'it is the device that pulls: does it reach the registry?',
  ],
];

/** A registry's refusal, with the image it is about and what to do. */
function asPullFailure(error: unknown, reference: string): unknown {
  const isRefusal =
    error instanceof OsError && (error.code === 'engine-refused' || error.code === 'engine-missing');
  if (!isRefusal) return error;
  const hint = pullHints.find(([words]) => words.test(error.message))?.[1];
  return new OsError(error.code, `cannot pull ${reference}: ${error.message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** Pulls `reference`; ends when it is there. */
export async function* pullImage(
  source: StreamSource,
  reference: string,
  options: { login?: RegistryLogin | undefined; platform?: string | undefined; signal: AbortSignal },
): AsyncGenerator<EngineMessage> {
  const { login, platform, signal } = options;
  // Without a tag the engine would pull all of them.
  const isExact = /@|:[^/]+$/.test(reference);
  const open = (): Promise<unknown> =>
    source.docker.createImage({
      fromImage: isExact ? reference : `${reference}:latest`,
      ...(platform === undefined ? {} : { platform }),
      ...(login === undefined ? {} : { authconfig: login }),
      abortSignal: signal,
    });
  const messages = streamFrom(
    source,
    open,
    stream => readProgress(stream, text => engineComplaint(source.where, text, 'engine-refused')),
    signal,
  );
  try {
    yield* messages;
  } catch (error) {
    throw asPullFailure(error, reference);
  }
}
