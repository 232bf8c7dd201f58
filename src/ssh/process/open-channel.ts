import type { ClientCallback, ClientChannel } from 'ssh2';
import { messageOf, OsError } from '../../core/errors.ts';
import { awaitAnswer, type AnswerOptions } from '../await-answer.ts';
import type { RemoteProcess } from '../session.ts';
import { ChannelSlots } from './channel-slots.ts';
import { checkLength, explainRefusal } from './command-line.ts';

/** A request for a channel, and the command that runs in it; undefined for the login shell. */
export interface Opening {
  readonly command: string | undefined;
  readonly open: (done: ClientCallback) => void;
}

/** Opens a channel once the server has a place for it; `wrap` is called in the callback that hands it out. */
export type OpenChannel = <Started extends { readonly process: RemoteProcess }>(
  opening: Opening,
  wrap: (channel: ClientChannel) => Started,
  signal: AbortSignal | undefined,
) => Promise<Started>;

/** ssh2 marks the refusal of a channel (RFC 4254 §5.1) with the server's reason. */
const isChannelRefusal = (error: unknown): boolean => error instanceof Error && 'reason' in error;

const openOnce = <Started extends { readonly process: RemoteProcess }>(
  opening: Opening,
  wrap: (channel: ClientChannel) => Started,
  options: Pick<AnswerOptions<Started>, 'where' | 'timeoutMs' | 'signal'>,
): Promise<Started> =>
  awaitAnswer(
    (resolve, reject) =>
      opening.open((error, channel: ClientChannel) => {
        if (error) reject(error);
        else resolve(wrap(channel));
      }),
    { ...options, onLate: ({ process }) => process.close() },
  );

export interface ChannelOptions {
  /** The device's name. */
  readonly where: string;
  /** Time limit for the answer to a request for a channel. */
  readonly timeoutMs: number;
  /** Returns the reason once the connection is lost. */
  readonly lost: () => OsError | undefined;
}

/** Opens the channels of one connection. */
export function channelOpener({ where, timeoutMs, lost }: ChannelOptions): OpenChannel {
  const slots = new ChannelSlots();
  return async (opening, wrap, signal) => {
    const { command = '' } = opening;
    checkLength(command);
    for (;;) {
      await slots.take(signal);
      try {
        const started = await openOnce(opening, wrap, { where, timeoutMs, signal });
        const release = (): void => slots.release();
        started.process.ended.then(release, release);
        return started;
      } catch (error) {
        if (isChannelRefusal(error) && slots.learnRefusal()) continue;
        if (!isChannelRefusal(error)) slots.release();
        signal?.throwIfAborted();
        if (error instanceof OsError) throw error;
        throw (
          lost() ??
          explainRefusal(command) ??
          new OsError('connection-lost', `${where} does not start a command: ${messageOf(error)}`, {
            cause: error,
          })
        );
      }
    }
  };
}
