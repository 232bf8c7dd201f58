import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceKindOf, openLiveProject } from '../cli/open-project.ts';
import { deviceArg, engineFlags, projectFlags, releaseFlags } from '../cli/project-flags.ts';
import { follow, prepareLive } from '../cli/run-live.ts';
import { reachFlagged } from '../cli/run-push.ts';
import { withAdvice } from '../cli/with-advice.ts';
import { listServices, selectRunning } from '../release/project-services.ts';
import { selectServices } from '../release/select-services.ts';

export default class Live extends OsCommand {
  static override summary = 'keep what a device runs in sync with its sources';
  static override description = `Attaches to a project that was pushed before. What differs in its containers from the
sources is brought there, and then every edit, until Ctrl-C: files go where COPY and ADD
of the Dockerfile put them, and the service is started again unless it reloads by itself.
What a later RUN depends on, the Dockerfile and the compose file build it again, also when
they changed before.

Edits are in the container, and not in its image: a push builds them in.`;

  static override examples = [
    '<%= config.bin %> live mydevice.local',
    {
      description: 'and why each edit goes where it goes',
      command: '<%= config.bin %> live mydevice --verbose',
    },
  ];

  static override args = { device: deviceArg };
  static override flags = {
    ...projectFlags,
    ...releaseFlags,
    verbose: Flags.boolean({ char: 'v', description: 'tell of every edit what is done about it, and why' }),
    ...engineFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, or what the engine is asked to do',
    7: 'the project is invalid: file, line, reason',
    130: 'ended by Ctrl-C, as it always is',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Live);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using _engine = reached.engine;
    const project = await openLiveProject(flags, await deviceKindOf(reached), output);
    selectRunning(await listServices(reached.engine, project.name, signal), [], project.name);
    const services = selectServices(project, flags.service ?? []).map(({ name }) => name);
    const surroundings = {
      output,
      signal,
      isVerbose: flags.verbose,
      isAttaching: true,
      told: new Set<string>(),
    };
    await using live = await prepareLive(reached, flags, project, surroundings);
    const advise = (): string => `the services keep running on ${reached.name}: \`os down\` removes them`;
    await withAdvice({ output, signal }, advise, () =>
      follow(reached, { project: project.name, services }, { output, signal }, live),
    );
  }
}
