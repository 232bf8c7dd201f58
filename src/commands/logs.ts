import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, longFileFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { servicesOf, toRunningRequest } from '../cli/flags/to-requests.ts';
import { logs } from '../cli/verbs/project/logs.ts';
import { wireLogs } from '../cli/verbs/wiring/wire-logs.ts';
import { parseSince } from '../logs/parse-since.ts';
import { parseTail } from '../logs/parse-tail.ts';
import { ServiceColumn } from '../ui/service-column.ts';
import { jsonLog, openLogReporter } from '../ui/session/log-reporter.ts';

export default class Logs extends OsCommand {
  static override summary = 'print the logs of services, or of the host';
  static override description = `Prints the logs of the project in the source directory, or of every project if there is
none: a service's stdout on stdout, its stderr on stderr. With --follow every line is
printed once, also if containers are recreated, the engine or the device restarts, the
connection is lost, or the clock of the device is set back. Control sequences are
removed and progress that overwrites itself is shortened, unless --raw.

With --system it prints the host's journal, over SSH. Services that are named with it
are printed too, in order of time; the journal then leaves out what containers print.`;

  static override examples = [
    '<%= config.bin %> logs mydevice.local --follow',
    {
      description: 'two services, the last hour',
      command: '<%= config.bin %> logs mydevice web worker --since 1h',
    },
    { description: "the host's journal", command: '<%= config.bin %> logs mydevice --system --tail 50' },
    {
      description: 'the engine since the last boot, and a service in between',
      command: '<%= config.bin %> logs mydevice web --unit balena --boot --follow',
    },
  ];

  static override strict = false;
  static override args = {
    device: devicesArg,
    service: Args.string({ description: 'services to print; default: all' }),
  };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    follow: Flags.boolean({ char: 'f', charAliases: ['F'], description: 'keep printing until Ctrl-C' }),
    tail: Flags.string({
      char: 'n',
      description: 'only the last N lines of each log, or all',
      helpValue: 'N',
    }),
    since: Flags.string({
      description:
        "only lines since then, on the clock of the device: 10m, 1h30m or a date, of this machine's time zone by default",
      helpValue: 'TIME',
    }),
    timestamps: Flags.boolean({ description: 'print the time of each line, on the clock of the device' }),
    system: Flags.boolean({
      description: "print the host's journal, over SSH",
    }),
    unit: Flags.string({
      char: 'U',
      multiple: true,
      multipleNonGreedy: true,
      description: 'only this systemd unit; repeatable; implies --system',
      helpValue: 'UNIT',
    }),
    boot: Flags.boolean({ description: 'only the current boot; implies --system' }),
    raw: Flags.boolean({ description: 'print text unchanged, control sequences included' }),
    ...runningFlags,
    file: longFileFlag,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication',
    130: 'ended by Ctrl-C, as --follow always is',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Logs);
    const { output, events } = this;
    if (flags.follow) this.endWithReader();
    const isSystem = flags.system || flags.unit !== undefined || flags.boot;
    const request = {
      ...toRunningRequest(args.device, flags),
      services: servicesOf(argv),
      isFollowed: flags.follow,
      tail: flags.tail === undefined ? undefined : parseTail(flags.tail),
      since: flags.since === undefined ? undefined : parseSince(flags.since),
      journal: isSystem ? { units: flags.unit ?? [], isBootOnly: flags.boot } : undefined,
    };
    const column = new ServiceColumn([], isSystem ? { limit: 24, isAlwaysShown: true } : {});
    const options = { column, showsTimes: flags.timestamps, isRaw: flags.raw };
    const report = output.mode === 'json' ? jsonLog(events) : openLogReporter(output, options);
    await logs(wireLogs(this, { report, column }), request);
    if (output.mode === 'json') events.report({ type: 'done' });
  }
}
