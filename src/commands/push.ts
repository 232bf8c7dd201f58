import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags, projectFlags, releaseFlags } from '../cli/project-flags.ts';
import { reachFlagged, runPush } from '../cli/run-push.ts';
import { follow, prepareLive, type FollowedLive } from '../cli/run-live.ts';
import { withAdvice } from '../cli/with-advice.ts';
import type { Project } from '../project/project.ts';
import { openPushReporter } from '../ui/push-reporter.ts';

export default class Push extends OsCommand {
  static override summary = 'build a project on a device and run it there';
  static override description = `Reads the compose files or the Dockerfile of a directory, builds on the device what
changed, and makes the device run it: containers are made anew only where their
image, configuration, networks or volumes changed, each after those it depends on.
When nothing changed, nothing is sent and nothing is touched.

An old container gives way when the new one is ready to start, and comes back when
that one cannot be started. Volumes are never removed. Then the URLs of published
ports are printed on stdout, and then what the services say, until Ctrl-C; they keep
running.`;

  static override examples = [
    { description: 'this directory, on the only device there is', command: '<%= config.bin %> push' },
    { description: 'and return when it is up', command: '<%= config.bin %> push mydevice.local --detach' },
    { description: 'what would be done?', command: '<%= config.bin %> push mydevice --dry-run' },
    {
      description: 'a production device, with a key',
      command: '<%= config.bin %> push 10.0.0.5 --via ssh --identity ~/.ssh/id_ed25519',
    },
  ];

  static override args = { device: deviceArg };

  static override flags = {
    ...projectFlags,
    ...releaseFlags,
    detach: Flags.boolean({ char: 'd', description: 'end when the services are up' }),
    live: Flags.boolean({
      default: true,
      allowNo: true,
      description: 'keep the services in sync with the sources until Ctrl-C',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'tell of every edit what is done about it, and why' }),
    'remove-orphans': Flags.boolean({ description: 'remove containers of services that are gone' }),
    'dry-run': Flags.boolean({ description: 'print the plan, and do nothing' }),
    ...engineFlags,
  };

  static override exitStatus = {
    0: 'the services are up',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, or what the engine is asked to do',
    5: 'a build fails; its step and what it printed are shown',
    6: 'a service does not start or does not stay up; its last lines are shown',
    7: 'the project is invalid: file, line, reason',
    8: 'another push to the same project is running',
    9: 'the device is out of space',
    10: 'the connection is lost; pushing again goes on where it was',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using _engine = reached.engine;
    const told = new Set<string>();
    using reporter = openPushReporter(output, { showsPlan: flags['dry-run'], told });
    const isFollowed = !flags.detach && !flags['dry-run'];
    const extent = flags['dry-run'] ? 'plan' : 'all';
    const isLive = flags.live && !flags.detach;
    const how = { extent, isFollowed, isLive, removesOrphans: flags['remove-orphans'] } as const;
    const surroundings = { output, signal, isVerbose: flags.verbose, isAttaching: false, told };
    let live: FollowedLive | undefined;
    const onProject = async (project: Project): Promise<void> => {
      if (isFollowed && isLive) live = await prepareLive(reached, flags, project, surroundings);
    };
    let isUp = false;
    const advise = (): string =>
      isUp
        ? `the services keep running on ${reached.name}: \`os live\` goes on, \`os down\` removes them`
        : 'stopped: pushing again goes on where it was';
    try {
      await withAdvice({ output, signal }, advise, async () => {
        const pushed = await runPush(reached, flags, how, { output, signal, reporter, onProject });
        isUp = true;
        if (isFollowed) await follow(reached, pushed, { output, signal }, live);
      });
    } finally {
      await live?.[Symbol.asyncDispose]();
    }
  }
}
