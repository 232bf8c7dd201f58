import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { devicesArg, engineFlags, projectFlags, releaseFlags } from '../cli/flags/project-flags.ts';
import { toBuildRequest } from '../cli/flags/to-requests.ts';
import { build } from '../cli/verbs/project/build.ts';
import { wireSession } from '../cli/verbs/wiring/wire-session.ts';
import { openSessionReporter } from '../ui/session/session-reporter.ts';

export default class Build extends OsCommand {
  static override summary = "build a project's images on a device without running them";
  static override description = `The first half of \`os push\`: images whose context, Dockerfile, build options or base
image changed are built on the device, in parallel, and missing images of other services
are pulled. Containers are not touched.

\`.balena/balena.yml\` may give \`build-variables\` (build arguments) and, on devices with
balenaEngine, \`build-secrets\`: files of \`.balena/secrets/\` that RUN steps find in
/run/secrets and that stay out of the image. If only a secret changed, the cache still
has the old result of a RUN step: use --no-cache then.`;

  static override examples = [
    '<%= config.bin %> build mydevice.local',
    { description: 'one service, from scratch', command: '<%= config.bin %> build --service web --no-cache' },
  ];

  static override args = { device: devicesArg };
  static override devices = 'argument' as const;
  static override flags = { ...severalFlags, ...projectFlags, ...releaseFlags, ...engineFlags };

  static override exitStatus = {
    0: 'the images are built',
    3: 'the device is not found, or nothing answers',
    4: 'a registry needs a login, or the engine cannot keep build secrets out of images',
    5: 'a build fails; its step and output are shown',
    7: 'the project is invalid: file, line, reason',
    8: 'a push to the same project is running',
    9: 'the device is out of space',
    10: 'the connection is lost; another build continues',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Build);
    using reporter = openSessionReporter(this.output, this.events);
    await build(wireSession(this, reporter), toBuildRequest(args.device, flags));
  }
}
