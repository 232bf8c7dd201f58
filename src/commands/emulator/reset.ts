import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/flags/emulator.ts';
import { getRecord } from '../../emulator/device/device-record.ts';
import { forgetEmulated } from '../../reach/forget-emulated.ts';
import { resetDevice } from '../../emulator/reset.ts';
import { bringUp } from '../../emulator/up.ts';
import { renderReset } from '../../ui/answers/emulator.ts';

export default class EmulatorReset extends OsCommand {
  static override summary = 'reset an emulated device to its initial state';
  static override description = `Wipes configuration, state, images, containers and volumes of a device. Its name, uuid, variant and address stay. \
A device that was running boots again.`;

  static override exitStatus = {
    3: 'no such device, or it does not come back',
    8: 'another command is working on the device',
  };

  static override examples = ['<%= config.bin %> emulator reset', '<%= config.bin %> emulator reset shop'];
  static override args = { name: deviceNameArg };

  override async run(): Promise<void> {
    const { args } = await this.parse(EmulatorReset);
    const context = emulatorContext(this.config.root, this.signal, this.output);
    const wasRunning = await resetDevice(context, args.name);
    await forgetEmulated(await getRecord(context.place, args.name));
    const device = wasRunning ? (await bringUp(context, { name: args.name })).device : null;
    this.answer({ name: args.name, device }, renderReset);
  }
}
