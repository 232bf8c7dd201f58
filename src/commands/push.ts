import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import {
  devicesArg,
  engineFlags,
  projectFlags,
  releaseFlags,
  forceFlag,
  runnerFlags,
} from '../cli/flags/project-flags.ts';
import { toBuildRequest, toRunnerRequest } from '../cli/flags/to-requests.ts';
import { plan } from '../cli/verbs/project/plan.ts';
import { push } from '../cli/verbs/project/push.ts';
import { wireSession } from '../cli/verbs/wiring/wire-session.ts';
import { openSessionReporter } from '../ui/session/session-reporter.ts';

export default class Push extends OsCommand {
  static override summary = 'build a project on a device and run it there';
  static override description = `Reads the compose files or the Dockerfile of a directory, builds on the device what
changed, and runs it there. A container is recreated only if its image,
configuration, networks or volumes changed, after those that it depends on. If
nothing changed, nothing is sent and nothing is touched.

An old container is stopped when the new one is ready to start, and is restored if
that one does not start. Volumes are never removed. The URLs of published ports are
printed on stdout. Then the logs of the services are followed and edits are synced
until Ctrl-C, which leaves the services as they are.`;

  static override examples = [
    { description: 'this directory, on the only device of the network', command: '<%= config.bin %> push' },
    {
      description: 'return when the services are up',
      command: '<%= config.bin %> push mydevice.local --detach',
    },
    { description: 'show what a push would do', command: '<%= config.bin %> push mydevice --dry-run' },
    {
      description: 'a production device, with a key',
      command: '<%= config.bin %> push 10.0.0.5 --via ssh --identity ~/.ssh/id_ed25519',
    },
  ];

  static override args = { device: devicesArg };

  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    ...projectFlags,
    ...releaseFlags,
    ...runnerFlags,
    force: forceFlag,
    detach: Flags.boolean({ char: 'd', description: 'return when the services are up' }),
    live: Flags.boolean({
      default: true,
      allowNo: true,
      description: 'keep the services in sync with the sources until Ctrl-C',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'print what is done about each edit, and why' }),
    'remove-orphans': Flags.boolean({ description: 'remove containers of services that are gone' }),
    'dry-run': Flags.boolean({ description: 'print the plan, and change nothing' }),
    ...engineFlags,
  };

  static override exitStatus = {
    0: 'the services are up',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, or a request to its engine',
    5: 'a build fails; its step and output are shown',
    6: 'a service does not start or does not stay up; its last lines are shown',
    7: 'the project is invalid: file, line, reason',
    8: 'another push or live session of the same project is at work',
    9: 'the device is out of space',
    10: 'the connection is lost; another push continues',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const isAttached = !flags.detach;
    const request = {
      ...toBuildRequest(args.device, flags),
      ...toRunnerRequest(flags),
      isAttached,
      isLive: isAttached && flags.live,
      removesOrphans: flags['remove-orphans'],
    };
    const { output, events } = this;
    using reporter = openSessionReporter(output, events, {
      showsPlan: flags['dry-run'],
      isVerbose: flags.verbose,
    });
    const dependencies = wireSession(this, reporter);
    await (flags['dry-run'] ? plan(dependencies, request) : push(dependencies, request));
  }
}
