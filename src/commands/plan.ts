import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import {
  devicesArg,
  engineFlags,
  projectFlags,
  releaseFlags,
  runnerFlags,
} from '../cli/flags/project-flags.ts';
import { toBuildRequest, toRunnerRequest } from '../cli/flags/to-requests.ts';
import { plan } from '../cli/verbs/project/plan.ts';
import { wireSession } from '../cli/verbs/wiring/wire-session.ts';
import { openSessionReporter } from '../ui/session/session-reporter.ts';

export default class Plan extends OsCommand {
  static override summary = 'print what a push would do, and why';
  static override description = `Reads the project, inspects the device, and prints every step that \`os push\` would
take, with its cause. Nothing is sent, and nothing on the device is touched. The result
of a build is unknown before it: the containers of services to build are planned to be
recreated, and a push leaves them alone if the build gives the same image.`;

  static override examples = [
    '<%= config.bin %> plan mydevice.local',
    '<%= config.bin %> plan mydevice --json | jq -r \'select(.type == "planned").plan.services[].service\'',
  ];

  static override args = { device: devicesArg };

  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    ...projectFlags,
    ...releaseFlags,
    ...runnerFlags,
    'remove-orphans': Flags.boolean({
      description: 'plan to remove containers of services that the project no longer has',
    }),
    ...engineFlags,
  };

  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    7: 'the project is invalid: file, line, reason',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan);
    using reporter = openSessionReporter(this.output, this.events, { showsPlan: true });
    await plan(wireSession(this, reporter), {
      ...toBuildRequest(args.device, flags),
      ...toRunnerRequest(flags),
      removesOrphans: flags['remove-orphans'],
      isLive: true,
    });
  }
}
