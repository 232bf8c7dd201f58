import { Command, Flags, type Interfaces } from '@oclif/core';
import type { ExitStatus } from '../core/exit-status.ts';
import { toJsonLine } from '../core/json-line.ts';
import { JsonEvents } from '../ui/json-events.ts';
import type { Rendered } from '../ui/answers/rendered.ts';
import { notePlain, type Output } from '../ui/output.ts';
import { openInterruption } from './terminal/interruption.ts';
import { isBeforeSeparator, processOutput } from './terminal/process-output.ts';
import { reportFailure, unlessAborted } from './terminal/report-failure.ts';
import { translateUsageError } from './terminal/usage-error.ts';

type Values = Record<string, unknown>;

/**
 * The base of every command: owns the signal, the output, the JSON shapes and the exit status, so that all of them are
 * the same everywhere. A command parses, calls one verb, and hands the result to `answer` or events to a reporter.
 */
export abstract class OsCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON, for scripts', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({
      char: 'q',
      description: 'print nothing but errors on stderr',
      helpGroup: 'GLOBAL',
    }),
  };

  /** Meanings of this command's exit statuses, beyond the common ones; its help ends with them. */
  static exitStatus: ExitStatus = {};

  /** The hint of the error about an argument too many. */
  static unexpectedArgumentHint: string | undefined = undefined;

  /** `--json` prints one document, or events whose last one is `done` or `error`. */
  protected jsonShape: 'document' | 'events' = 'document';

  readonly #interruption = openInterruption();
  readonly #output = processOutput({
    isJson: isBeforeSeparator(this.argv, '--json'),
    isQuiet: isBeforeSeparator(this.argv, '--quiet') || isBeforeSeparator(this.argv, '-q'),
  });

  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Ends the command also when the reader of stdout is gone while nothing is written. */
  protected endWithReader(): void {
    this.#interruption.watchReader();
  }

  get output(): Output {
    return this.#output;
  }

  /** The NDJSON of a streaming command. */
  readonly events = new JsonEvents(this.#output);

  /** Ends a one-shot command: prints `render(result)`, or the JSON document. */
  protected answer<T>(result: T, render: (result: T, output: Output) => string | Rendered): void {
    const { output } = this;
    if (output.mode === 'json') {
      output.answer(toJsonLine({ ok: true, result }));
      return;
    }
    const rendered = render(result, output);
    const { text, notes } = typeof rendered === 'string' ? { text: rendered, notes: [] } : rendered;
    output.answer(text);
    for (const line of notes) notePlain(output, line);
  }

  /** oclif takes an argument that is missing from stdin: in a loop that reads names, that would be the next one. */
  protected override parse<F extends Values, B extends Values, A extends Values>(
    input?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(input?.args ?? {}) as Interfaces.Arg<unknown>[]) arg.ignoreStdin = true;
    return super.parse(input, argv);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async catch(thrown: unknown): Promise<void> {
    this.parsed = true; // else oclif warns that it was not, if NODE_ENV is development
    const { flags, baseFlags, unexpectedArgumentHint } = this.ctor as typeof OsCommand;
    const flagNames = Object.keys({ ...baseFlags, ...flags });
    const error = translateUsageError(thrown, { id: this.id ?? '', flagNames, unexpectedArgumentHint });
    reportFailure(unlessAborted(error, this.signal), this.output, {
      jsonShape: this.jsonShape,
      events: this.events,
    });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async finally(): Promise<void> {
    this.#interruption[Symbol.dispose]();
  }
}
