import { Command, Flags } from '@oclif/core';
import type { ExitStatus } from '../core/exit-status.ts';
import { renderJsonEvent, type JsonEvent } from '../ui/json-event.ts';
import type { Output } from '../ui/output.ts';
import { openInterruption } from './interruption.ts';
import { isBeforeSeparator, processOutput } from './process-output.ts';
import { reportFailure, unlessAborted } from './report-failure.ts';
import { translateUsageError } from './usage-error.ts';

/**
 * The base of every command: owns the signal, the output, the JSON shapes and the exit status, so that all of them are
 * the same everywhere. A command parses, calls one verb, and hands the result to `answer` or events to a reporter.
 */
export abstract class OsCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON, for scripts', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'no talk on stderr but errors', helpGroup: 'GLOBAL' }),
  };

  /** What this command's exit statuses mean, beyond the common ones; its help ends with them. */
  static exitStatus: ExitStatus = {};

  /** What to do instead of giving one argument too many. */
  static unexpectedArgumentHint: string | undefined = undefined;

  /** Whether `--json` prints one document or a stream of events whose last one is `done` or `error`. */
  protected jsonShape: 'document' | 'events' = 'document';

  readonly #interruption = openInterruption();
  readonly #output = processOutput({
    isJson: isBeforeSeparator(this.argv, '--json'),
    isQuiet: isBeforeSeparator(this.argv, '--quiet') || isBeforeSeparator(this.argv, '-q'),
  });

  protected get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  protected get output(): Output {
    return this.#output;
  }

  /** Ends a one-shot command: prints `render(result)`, or the JSON document. */
  protected answer<T>(result: T, render: (result: T, output: Output) => string): void {
    const { output } = this;
    output.answer(
      output.mode === 'json' ? `${JSON.stringify({ ok: true, result })}\n` : render(result, output),
    );
  }

  /** One event of a streaming command's NDJSON. */
  protected emit(event: JsonEvent): void {
    this.output.answer(renderJsonEvent(event));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async catch(thrown: unknown): Promise<void> {
    this.parsed = true; // or oclif warns that it was not, where NODE_ENV says development
    const { flags, baseFlags, unexpectedArgumentHint } = this.ctor as typeof OsCommand;
    const flagNames = Object.keys({ ...baseFlags, ...flags });
    const error = translateUsageError(thrown, { id: this.id ?? '', flagNames, unexpectedArgumentHint });
    reportFailure(unlessAborted(error, this.signal), this.output, this.jsonShape);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async finally(): Promise<void> {
    this.#interruption[Symbol.dispose]();
  }
}
