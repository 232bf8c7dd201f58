import { OsError } from '../../core/errors.ts';
import type { EngineMessage, RegistryLogin } from '../engine.ts';
import { engineFailure } from '../engine-errors.ts';
import { readProgress } from './progress-messages.ts';
import { streamFrom, type StreamSource } from './streams.ts';

/** Hints for messages of the engine that name a cause. The engine reports registry errors as text alone. */
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

/** Converts a registry's refusal to an error with the image's name and a hint. */
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
  options: {
    readonly login?: RegistryLogin | undefined;
    readonly platform?: string | undefined;
    readonly signal: AbortSignal;
  },
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
    stream => readProgress(stream, text => engineFailure(source.where, text, 'engine-refused')),
    signal,
  );
  try {
    yield* messages;
  } catch (error) {
    throw asPullFailure(error, reference);
  }
}
