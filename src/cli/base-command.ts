import { Command, Flags } from '@oclif/core';
import { inspect } from 'node:util';
import { OsError, exitCodes, messageOf } from '../core/errors.ts';
import { renderFailure, toFailureJson } from '../ui/failure.ts';
import type { Output } from '../ui/output.ts';
import { openInterruption } from './interruption.ts';
import { processOutput } from './process-output.ts';

const isBeforeSeparator = (argv: readonly string[], word: string): boolean => {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(word);
};

/** What oclif's parser throws for a bad flag or a missing argument, told apart without matching its text. */
const isUsageError = (error: unknown): error is Error =>
  error instanceof Error &&
  'oclif' in error &&
  ('parse' in error || 'args' in error || error.name === 'CLIParseError');

/**
 * The base of every command: owns the signal, the output, the JSON shapes and the exit status, so that all of them are
 * the same everywhere. A command parses, calls one verb, and hands the result to `answer` or events to a reporter.
 */
export abstract class OsCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON, for scripts', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'no talk on stderr but errors', helpGroup: 'GLOBAL' }),
  };

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
  protected emit(event: { readonly type: string }): void {
    this.output.answer(`${JSON.stringify(event)}\n`);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async catch(thrown: unknown): Promise<void> {
    const error = isUsageError(thrown)
      ? new OsError('usage', messageOf(thrown).replace(/\nSee more help with --help$/, ''), {
          hint: `see \`os ${this.id?.replaceAll(':', ' ') ?? ''} --help\``,
          cause: thrown,
        })
      : thrown;
    reportFailure(error, this.output, this.jsonShape);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async finally(): Promise<void> {
    this.#interruption[Symbol.dispose]();
  }
}

/** Tells a failure in the output's own form and sets the exit status that belongs to it. */
export function reportFailure(
  error: unknown,
  output: Output,
  jsonShape: 'document' | 'events' = 'document',
): void {
  const failure = toFailureJson(error);
  process.exitCode = failure.exitCode;
  if (output.mode === 'json')
    output.answer(
      `${JSON.stringify(jsonShape === 'document' ? { ok: false, error: failure } : { type: 'error', error: failure })}\n`,
    );
  else output.talk(renderFailure(error, output));
  if (failure.exitCode === exitCodes.defect && process.env['DEBUG']?.startsWith('os:'))
    output.talk(`${inspect(error)}\n`);
}
