import { Command, Flags, type Config, type Interfaces } from '@oclif/core';
import type { ExitStatus } from '../core/exit-status.ts';
import { toJsonLine } from '../core/json-line.ts';
import { JsonEvents } from '../ui/json-events.ts';
import type { Rendered } from '../ui/answers/rendered.ts';
import { notePlain, type Output } from '../ui/output.ts';
import { beforeSeparator } from './before-separator.ts';
import { severalFlags } from './flags/several-flags.ts';
import { openProcess, type ClaimDevice, type Place } from './place.ts';
import {
  mayNameNone,
  mayNameSeveral,
  nameDevice,
  type DevicePosition,
  type DeviceSyntax,
  type Parsed,
} from './several/device-words.ts';
import type { NamedDevice } from './several/expand-devices.ts';
import { findDevices } from './several/find-devices.ts';
import { runOnEach } from './several/run-on-each.ts';
import { refuseSharedInput } from './several/shared-input.ts';
import { askNobody } from './terminal/person.ts';
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

  /** The place of the device on the command line, where several may be named; undefined: the command works on one, or on none. */
  static devices: DevicePosition | undefined = undefined;

  /** The flag with which the command works on no device. */
  static devicelessFlag: string | undefined = undefined;

  private static get deviceSyntax(): DeviceSyntax | undefined {
    const { devices: position, args, flags, strict: isStrict, devicelessFlag } = this;
    const takesAll = (flags as typeof severalFlags | undefined)?.all === severalFlags.all;
    return position && { position, takesAll, argNames: Object.keys(args), isStrict, devicelessFlag };
  }

  /** `--json` prints one document, or events whose last one is `done` or `error`. */
  protected jsonShape: 'document' | 'events' = 'document';

  readonly #place: Place;

  /** The NDJSON of a streaming command. */
  readonly events: JsonEvents;

  constructor(argv: string[], config: Config, place = openProcess(argv)) {
    super(argv, config);
    this.#place = place;
    this.events = new JsonEvents(place.output);
  }

  get signal(): AbortSignal {
    return this.#place.signal;
  }

  /** Ends the command also when the reader of stdout is gone while nothing is written. */
  protected endWithReader(): void {
    this.#place.watchReader();
  }

  get output(): Output {
    return this.#place.output;
  }

  /** Call this once the device is reached, before anything is done on it. Throws as `ClaimDevice`. */
  readonly claimDevice: ClaimDevice = endpoint => this.#place.claimDevice(endpoint);

  /** True if the same command runs on other devices beside this one. */
  protected get isOneOfSeveral(): boolean {
    return this.#place.device !== undefined;
  }

  protected setExitStatus(exitStatus: number): void {
    this.#place.setExitStatus(exitStatus);
  }

  protected setRemoteStatus(exitStatus: number): void {
    this.#place.setRemoteStatus(exitStatus);
  }

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
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    input?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(input?.args ?? {}) as Interfaces.Arg<unknown>[]) arg.ignoreStdin = true;
    const parsed = await super.parse(input, argv);
    const device = this.#place.device ?? this.#only;
    const { deviceSyntax } = this.ctor as typeof OsCommand;
    if (device !== undefined && deviceSyntax !== undefined) nameDevice(parsed, deviceSyntax, device);
    return parsed;
  }

  /** The one device that `--device` or a group names. */
  #only: string | undefined;

  /** Replaces what the command does by doing it on each device, if several are named. */
  protected override async init(): Promise<void> {
    await super.init();
    const command = this.ctor as typeof OsCommand;
    const { deviceSyntax } = command;
    const typed = this.argv;
    if (deviceSyntax === undefined || this.isOneOfSeveral) return;
    if (!mayNameSeveral(typed) && !mayNameNone(typed, deviceSyntax)) return;
    const parsed = (await this.parse(command, [...beforeSeparator(typed)])) as unknown as Parsed;
    // oclif keeps what was parsed last.
    this.argv = typed;
    const devices = await findDevices(parsed, deviceSyntax, this.#place);
    if (devices.length === 0) return;
    if (devices.length === 1) this.#only = devices[0]?.word;
    else {
      askNobody();
      this.checkSeveral?.(parsed);
      refuseSharedInput(parsed);
      this.run = () => this.#runOnEach(devices);
    }
  }

  /** Throws OsError `usage` where what was typed is for one device alone. */
  protected checkSeveral?(parsed: Parsed): void;

  async #runOnEach(devices: readonly NamedDevice[]): Promise<void> {
    const Ctor = this.ctor as unknown as new (argv: string[], config: Config, place: Place) => OsCommand;
    await runOnEach(this.#place, {
      devices,
      run: place => new Ctor(this.argv, this.config, place)._run(),
    });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async catch(thrown: unknown): Promise<void> {
    this.parsed = true; // else oclif warns that it was not, if NODE_ENV is development
    const { flags, baseFlags, unexpectedArgumentHint } = this.ctor as typeof OsCommand;
    const flagNames = Object.keys({ ...baseFlags, ...flags });
    const error = translateUsageError(thrown, { id: this.id ?? '', flagNames, unexpectedArgumentHint });
    const exitStatus = reportFailure(unlessAborted(error, this.signal), this.output, {
      jsonShape: this.jsonShape,
      events: this.events,
    });
    this.setExitStatus(exitStatus);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- oclif declares it asynchronous
  protected override async finally(): Promise<void> {
    this.#place[Symbol.dispose]();
  }
}
