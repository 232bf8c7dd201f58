import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg } from '../cli/project-flags.ts';
import { findProjectName, runningFlags } from '../cli/project-name.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { followSystemLog } from '../cli/system-log.ts';
import { followProject } from '../logs/follow-project.ts';
import { parseSince } from '../logs/parse-since.ts';
import { listServices, selectRunning } from '../release/project-services.ts';
import { openLogReporter } from '../ui/log-reporter.ts';

export default class Logs extends OsCommand {
  static override summary = 'print what services say, or the host';
  static override description = `Lines of the project in the source directory, or of every project where there is none:
a service's stdout on stdout, its stderr on stderr. With --follow every line is printed
once, whatever happens: containers that are made anew, an engine or device that starts
again, a connection that is lost. Control sequences are taken out, unless --raw.`;

  static override examples = [
    '<%= config.bin %> logs mydevice.local --follow',
    {
      description: 'two services, the last hour',
      command: '<%= config.bin %> logs mydevice web worker --since 1h',
    },
    { description: "the host's journal", command: '<%= config.bin %> logs mydevice --system --tail 50' },
  ];

  static override strict = false;
  static override args = {
    device: deviceArg,
    service: Args.string({ description: 'services to print; all without one' }),
  };
  static override flags = {
    follow: Flags.boolean({ char: 'F', description: 'go on until Ctrl-C' }),
    tail: Flags.integer({
      char: 'n',
      description: 'how many of the last lines of each',
      min: 0,
      helpValue: 'N',
    }),
    since: Flags.string({ description: 'from then on: 10m, 1h30m or a date', helpValue: 'TIME' }),
    timestamps: Flags.boolean({ description: "when, by the device's clock" }),
    system: Flags.boolean({ description: "the host's journal instead, over SSH" }),
    raw: Flags.boolean({ description: 'text as it is, control sequences included' }),
    ...runningFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication',
    130: 'ended by Ctrl-C, as --follow always is',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Logs);
    const { output, signal } = this;
    const { follow, tail, since: sinceText } = flags;
    const how = { showsTimes: flags.timestamps, isRaw: flags.raw };
    if (flags.system) {
      const since = sinceText && parseSince(sinceText, new Date().toISOString());
      const report = openLogReporter(output, { ...how, services: ['host'] });
      const options = { follow, tail, since, signal, output, identityFile: flags.identity };
      await followSystemLog(args.device, options, report);
    } else {
      const reached = await reachFlagged(args.device, flags, { output, signal });
      await using engine = reached.engine;
      const project = await findProjectName(flags, output);
      const services = (argv as string[]).slice(1);
      const running = await listServices(engine, project, signal);
      if (!follow && services.length > 0) selectRunning(running, services, project);
      const there = running.map(({ service }) => service);
      const named = services.length > 0 ? services : [...new Set(there)];
      const since = sinceText && parseSince(sinceText, (await engine.readInfo(signal)).systemTime);
      const report = openLogReporter(output, { ...how, services: named.length === 1 ? [] : named });
      await followProject(engine, { project, services, follow, tail, since, signal }, report);
    }
    if (output.mode === 'json') this.emit({ type: 'done' });
  }
}
