import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, everyProjectFlag, runningFlags } from '../cli/flags/project-flags.ts';
import { servicesOf, toRunningRequest } from '../cli/flags/to-requests.ts';
import { top } from '../cli/verbs/top.ts';
import { streamHost } from '../cli/verbs/wiring/stream-host.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { OsError } from '../core/errors.ts';
import { openTopReporter } from '../ui/top/top-reporter.ts';

export default class Top extends OsCommand {
  static override summary = 'show what services and the host use';
  static override description = `Shows CPU, memory, network and disk of the services of the project in the source directory (of every project \
if there is none, or with --all) and of the host OS, once a second until Ctrl-C. 100 % is one CPU. Memory is without the cache \
that the kernel can drop. What is not known is a dash: rates need two samples, and the host is read over SSH.`;

  static override examples = [
    '<%= config.bin %> top mydevice',
    { description: 'two services', command: '<%= config.bin %> top mydevice web db' },
    {
      description: 'the memory of each service, for a script',
      command:
        '<%= config.bin %> top mydevice --once --json | jq -r \'select(.type == "usage").services[] | [.service, .memoryBytes] | @tsv\'',
    },
  ];

  static override strict = false;
  static override args = {
    device: deviceArg,
    service: Args.string({ description: 'services to show; default: all' }),
  };
  static override flags = {
    once: Flags.boolean({ description: 'print it once, as soon as rates are known' }),
    all: everyProjectFlag,
    ...runningFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: its engine port is closed, authentication',
    10: 'the connection is lost',
    130: 'ended by Ctrl-C, as it always is without --once',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Top);
    const { output, events } = this;
    const services = servicesOf(argv);
    if (flags.all && services.length > 0)
      throw new OsError('usage', '--all is every project, and a service is of one', {
        hint: 'give one of the two',
      });
    const request = {
      ...toRunningRequest(args.device, flags),
      services,
      isAll: flags.all,
      isOnce: flags.once,
    };
    using reporter = openTopReporter(output, request);
    const report = output.mode === 'json' ? events.report : reporter.report;
    await top({ ...wireProject(this), report, streamHost: streamHost(output) }, request);
    if (output.mode === 'json') events.report({ type: 'done' });
  }
}
