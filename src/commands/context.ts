import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags } from '../cli/flags/project-flags.ts';
import { toDeviceRequest } from '../cli/flags/to-requests.ts';
import { context } from '../cli/verbs/context.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { exitCodes, OsError } from '../core/errors.ts';
import { checkContextName } from '../docker-context/context-name.ts';
import { removeContexts } from '../docker-context/remove-contexts.ts';
import { shellOf } from '../docker-context/shell-lines.ts';
import { dockerDirectory } from '../registry/docker-directory.ts';
import { stateDirectory } from '../state/paths.ts';
import { renderContext, renderRemovedContexts } from '../ui/answers/context.ts';

export default class Context extends OsCommand {
  static override summary = 'let docker and editors work against a device';
  static override description = `Prints what to export so that \`docker\`, \`docker compose\` and editors work against the engine of a \
device; with --install makes a context of the docker client instead. Only contexts that \`os\` made are replaced or removed.

With --via ssh a socket of this machine leads to the engine through one SSH connection, until Ctrl-C: for devices whose engine \
port is closed. It needs nothing on the device, neither docker nor socat.`;

  static override examples = [
    { description: 'for this shell', command: 'eval "$(<%= config.bin %> context mydevice)"' },
    {
      description: 'a context, once and for all',
      command: '<%= config.bin %> context mydevice --install && docker --context mydevice ps',
    },
    {
      description: 'a production device, with your SSH key',
      command: '<%= config.bin %> context mydevice --via ssh --install',
    },
    '<%= config.bin %> context mydevice --remove',
  ];

  static override args = { device: deviceArg };
  static override flags = {
    install: Flags.boolean({ description: 'make a context of the docker client', exclusive: ['remove'] }),
    use: Flags.boolean({
      description: "make it docker's current context",
      dependsOn: ['install'],
    }),
    remove: Flags.boolean({ description: 'remove the context again' }),
    name: Flags.string({
      description: "name of the context; default: the device's",
      helpValue: 'NAME',
    }),
    ...engineFlags,
  };
  static override exitStatus = {
    2: 'a name that docker does not take, a context that os did not make, DOCKER_HOST set with --use',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses, or docker does not reach it',
    8: 'another os context serves the same socket',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Context);
    const { signal } = this;
    const name = flags.name === undefined ? undefined : checkContextName(flags.name);
    if (name !== undefined && !flags.install && !flags.remove && flags.via === 'tcp')
      throw new OsError('usage', '--name needs --install, --remove or --via ssh', {
        hint: 'the line for a shell leads to the engine itself, without a context',
      });
    if (flags.remove) {
      this.answer(
        await removeContexts(dockerDirectory(), { name, device: args.device ?? process.env['OS_DEVICE'] }),
        renderRemovedContexts,
      );
      return;
    }
    await context(
      {
        ...wireProject(this),
        environment: process.env,
        dockerDirectory: dockerDirectory(),
        stateDirectory: stateDirectory(),
        shell: shellOf(process.platform, process.env),
        report: result => this.answer(result, renderContext),
      },
      {
        target: toDeviceRequest(args.device, flags),
        name,
        isInstalled: flags.install,
        isUsed: flags.use,
      },
    );
    // Ctrl-C is the normal end of serving; the answer was printed long ago.
    if (signal.aborted) this.setExitStatus(exitCodes.interrupted);
  }
}
