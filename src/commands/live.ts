import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, engineFlags, projectFlags, releaseFlags } from '../cli/flags/project-flags.ts';
import { toBuildRequest } from '../cli/flags/to-requests.ts';
import { live } from '../cli/verbs/project/live.ts';
import { wireSession } from '../cli/verbs/wiring/wire-session.ts';
import { openSessionReporter } from '../ui/session/session-reporter.ts';

export default class Live extends OsCommand {
  static override summary = 'keep a running project in sync with its sources';
  static override description = `Attaches to a project that was pushed before. Differences between its containers and
the sources are synced, and then every edit, until Ctrl-C: files go where COPY and ADD
of the Dockerfile put them, and the service is restarted unless it reloads by itself.
Files that a later RUN depends on, the Dockerfile and the compose file rebuild the
service, also if they changed before.

Edits are in the container and not in its image, until a push builds them in.`;

  static override examples = [
    '<%= config.bin %> live mydevice.local',
    {
      description: 'print what is done about each edit, and why',
      command: '<%= config.bin %> live mydevice --verbose',
    },
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    ...projectFlags,
    ...releaseFlags,
    verbose: Flags.boolean({ char: 'v', description: 'print what is done about each edit, and why' }),
    ...engineFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, or a request to its engine',
    7: 'the project is invalid: file, line, reason',
    8: 'another live session of the same project is at work',
    130: 'ended by Ctrl-C, as it always is',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Live);
    this.endWithReader();
    using reporter = openSessionReporter(this.output, this.events, { isVerbose: flags.verbose });
    await live(wireSession(this, reporter), toBuildRequest(args.device, flags));
  }
}
