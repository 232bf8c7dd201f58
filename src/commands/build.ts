import { OsCommand } from '../cli/base-command.ts';
import { deviceArg, engineFlags, projectFlags, releaseFlags } from '../cli/project-flags.ts';
import { reachFlagged, runPush } from '../cli/run-push.ts';
import { openPushReporter } from '../ui/push-reporter.ts';

export default class Build extends OsCommand {
  static override summary = "build a project's images on a device, and run nothing";
  static override description = `The first half of \`os push\`: images whose context, Dockerfile, build options or base
image changed are built on the device, all at once, and those of other services are
pulled when the device lacks them. Containers stay as they are.

\`.balena/balena.yml\` may give \`build-variables\` (build arguments) and, on devices with
balenaEngine, \`build-secrets\`: files of \`.balena/secrets/\` that RUN steps find in
/run/secrets and that stay out of the image. What RUN steps make of a secret comes from
the cache when only the secret changed: use --no-cache then.`;

  static override examples = [
    '<%= config.bin %> build mydevice.local',
    { description: 'one service, from scratch', command: '<%= config.bin %> build --service web --no-cache' },
  ];

  static override args = { device: deviceArg };
  static override flags = { ...projectFlags, ...releaseFlags, ...engineFlags };

  static override exitStatus = {
    0: 'the images are there',
    3: 'the device is not found, or nothing answers',
    4: 'a registry wants a login, or the engine has no way to keep build secrets secret',
    5: 'a build fails; its step and what it printed are shown',
    7: 'the project is invalid: file, line, reason',
    8: 'a push to the same project is running',
    9: 'the device is out of space',
    10: 'the connection is lost; building again goes on where it was',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Build);
    const { output, signal } = this;
    const reached = await reachFlagged(args.device, flags, { output, signal });
    await using _engine = reached.engine;
    using reporter = openPushReporter(output, { showsPlan: false });
    const how = { extent: 'build' as const, removesOrphans: false };
    await runPush(reached, flags, how, { output, signal, reporter });
  }
}
