import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { answerColours } from '../../cli/terminal/process-output.ts';
import { namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { readOsVersion } from '../../host/os-version.ts';
import { readPicture } from '../../host/splash/png-pixels.ts';
import { readLogo, readSplash } from '../../host/splash/splash-files.ts';
import { pictureSize, renderPicture } from '../../ui/host/picture.ts';
import { renderSplash } from '../../ui/host/splash.ts';

export default class SplashShow extends OsCommand {
  static override summary = 'describe the boot logo of a device or image';
  static override description = `Prints which file is the boot logo of a device or an image, its size, whether it is transparent, and whether it was replaced. On a terminal the logo is drawn too.`;

  static override examples = ['<%= config.bin %> splash show --on mydevice'];

  static override devices = 'on' as const;
  static override flags = { ...severalOnFlags, on: onSeveralFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SplashShow);
    const { output, signal } = this;
    await using target = await openHostTarget(flags.on, this);
    const version = await readOsVersion(target.files, signal);
    const splash = await readSplash(target.files, version, signal);
    const isDrawn = output.mode === 'tty' && splash.facts !== null;
    const logo = isDrawn ? await readLogo(target.files, version, signal) : undefined;
    const preview =
      logo === undefined
        ? ''
        : renderPicture(readPicture(logo, pictureSize(output.columns())), answerColours());
    this.answer({ ...namesOf(target), ...splash }, it => preview + renderSplash(it));
  }
}
