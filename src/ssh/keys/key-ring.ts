import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { OsError } from '../../core/errors.ts';
import type { AnswerDeadline } from '../answer-deadline.ts';
import type { Ssh2 } from '../library.ts';

/** A key we can prove to hold. */
export interface SigningKey {
  readonly public: ParsedKey;
  /** Called only when the server accepts the key, so that a passphrase is prompted for only if it is useful. */
  sign(data: Buffer, options: SigningRequestOptions): Promise<Buffer>;
}

/** All keys as one ssh2 agent: it offers their public halves in order and signs with the one that the server takes.
 * A key that cannot sign is passed over; a question that the user interrupts fails all. */
export function keyRing(
  library: Ssh2,
  keys: readonly SigningKey[],
  { deadline, fail }: { readonly deadline: AnswerDeadline; readonly fail: (error: unknown) => void },
): BaseAgent {
  class KeyRing extends library.BaseAgent<ParsedKey> {
    getIdentities(done: IdentityCallback<ParsedKey>): void {
      done(
        null,
        keys.map(key => key.public),
      );
    }

    sign(
      publicKey: ParsedKey,
      data: Buffer,
      optionsOrDone: SigningRequestOptions | SignCallback,
      maybeDone?: SignCallback,
    ): void {
      const [options, done] =
        typeof optionsOrDone === 'function' ? [{}, optionsOrDone] : [optionsOrDone, maybeDone];
      const key = keys.find(each => each.public.getPublicSSH().equals(publicKey.getPublicSSH()));
      deadline.stop();
      const signing = key?.sign(data, options) ?? Promise.reject(new OsError('auth-refused', 'no such key'));
      signing
        .finally(() => {
          deadline.start();
        })
        .then(
          signature => done?.(null, signature),
          (error: unknown) => {
            if (error instanceof OsError && error.code === 'interrupted') fail(error);
            else done?.(error as Error);
          },
        );
    }
  }
  return new KeyRing();
}
