import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags, projectFlags, releaseFlags } from '../cli/project-flags.ts';
import { reachFlagged, runPush } from '../cli/run-push.ts';
import { openPushReporter } from '../ui/push-reporter.ts';

export default class Plan extends OsCommand {
  static override summary = 'tell what a push would do, and why';
  static override description = `Reads the project, looks at the device, and prints every step that \`os push\` would
take with its cause. Nothing is sent, and nothing on the device is touched. What a
build will change cannot be known before it: containers of services that are to be
built are said to be made anew, and stay as they are if the build changes nothing.`;

  static override examples = [
    '<%= config.bin %> plan mydevice.local',
    '<%= config.bin %> plan mydevice --json | jq -r \'select(.type == "planned").plan.lanes[].service\'',
  ];

  static override args = { device: deviceArg };

  static override flags = {
    ...projectFlags,
    ...releaseFlags,
    'remove-orphans': Flags.boolean({ description: 'plan to remove containers of services that are gone' }),
    ...engineFlags,
  };

  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    7: 'the project is invalid: file, line, reason',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using _engine = reached.engine;
    using reporter = openPushReporter(output, { showsPlan: true });
    const how = { extent: 'plan' as const, isLive: true, removesOrphans: flags['remove-orphans'] };
    await runPush(reached, flags, how, { output, signal, reporter });
  }
}
