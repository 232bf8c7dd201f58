import type { AnyAuthMethod, AuthenticationType, NextAuthHandler } from 'ssh2';
import { OsError } from '../../core/errors.ts';
import type { AnswerDeadline } from '../answer-deadline.ts';
import type { Authentication } from './authentication.ts';
import { collectKeys } from './collect-keys.ts';
import { keyRing } from './key-ring.ts';
import type { Ssh2 } from '../library.ts';

/** OpenSSH hangs up at the sixth refusal (MaxAuthTries); "none" is free, the empty password takes one. */
const maxAuthTries = 6;

/** Supplies the next authentication method: none, then keys, then the empty password. */
export class Authenticator {
  readonly #library: Ssh2;
  readonly #username: string;
  readonly #authentication: Authentication;
  readonly #deadline: AnswerDeadline;
  readonly #fail: (error: unknown) => void;
  readonly #methods: AsyncGenerator<AnyAuthMethod, void, readonly string[]>;
  #takes: readonly string[] = [];
  #isRefused = false;

  constructor(options: {
    readonly library: Ssh2;
    readonly username: string;
    readonly authentication: Authentication;
    /** Stopped while the user or an agent is busy. */
    readonly deadline: AnswerDeadline;
    /** Called with a fatal error: a named key that is invalid, an interrupted prompt. */
    readonly fail: (error: unknown) => void;
  }) {
    ({
      library: this.#library,
      username: this.#username,
      authentication: this.#authentication,
      deadline: this.#deadline,
      fail: this.#fail,
    } = options);
    this.#methods = this.#credentials();
  }

  /** True if everything was offered and refused. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Errors of an agent or of one key: the next is tried. */
  goesOnAfter(error: Error & { readonly level?: string }): boolean {
    return !this.#isRefused && (error.level === 'agent' || error.level === 'client-authentication');
  }

  /** ssh2's `authHandler`; `takes` are the server's methods, null before the server has listed them. */
  readonly next = (
    takes: readonly AuthenticationType[] | null,
    _isPartial: boolean | null,
    offer: NextAuthHandler,
  ): void => {
    this.#deadline.stop();
    this.#takes = takes ?? [];
    this.#methods.next(this.#takes).then(({ value }) => {
      this.#deadline.start();
      this.#isRefused = value === undefined;
      // ssh2 takes `false` for "nothing left"; its types do not know.
      offer((value ?? false) as AnyAuthMethod);
    }, this.#fail);
  };

  async *#credentials(): AsyncGenerator<AnyAuthMethod, void, readonly string[]> {
    const username = this.#username;
    yield { type: 'none', username };
    const takesPassword = this.#takes.includes('password');
    if (this.#takes.includes('publickey')) {
      const keys = await collectKeys(
        this.#library,
        this.#authentication,
        takesPassword ? maxAuthTries - 1 : maxAuthTries,
      );
      if (keys.length > 0)
        yield {
          type: 'agent',
          username,
          agent: keyRing(this.#library, keys, { deadline: this.#deadline, fail: this.#fail }),
        };
    }
    if (takesPassword) yield { type: 'password', username, password: '' };
  }

  /** Returns an error with the reason why authentication failed, and a remedy. */
  refusal(where: string): OsError {
    const takesKeysOnly = this.#takes.every(method => method === 'publickey');
    return new OsError('auth-refused', `${where} refuses to let ${this.#username} in`, {
      hint: takesKeysOnly
        ? 'it takes SSH keys only, as production devices do: add your public key to os.sshKeys in its config.json, or name the right key with --identity'
        : 'name the right key with --identity, or add your public key to os.sshKeys in its config.json',
    });
  }
}
