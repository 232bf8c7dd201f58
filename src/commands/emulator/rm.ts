import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/flags/emulator.ts';
import { getRecord } from '../../emulator/device/device-record.ts';
import { forgetEmulated } from '../../reach/forget-emulated.ts';
import { removeDevice } from '../../emulator/down.ts';
import { renderRemoved } from '../../ui/answers/emulator.ts';

export default class EmulatorRm extends OsCommand {
  static override summary = 'delete an emulated device and everything on it';
  static override description = `Ends a device and deletes its configuration, state, images and containers. The root file system that all devices \
share stays cached.`;

  static override exitStatus = {
    3: 'no such device',
    8: 'another command is working on the device',
  };

  static override examples = ['<%= config.bin %> emulator rm', '<%= config.bin %> emulator rm shop'];
  static override args = { name: deviceNameArg };

  override async run(): Promise<void> {
    const { args } = await this.parse(EmulatorRm);
    const context = emulatorContext(this.config.root, this.signal, this.output);
    const record = await getRecord(context.place, args.name);
    const removed = await removeDevice(context, args.name);
    await forgetEmulated(record);
    this.answer([removed], renderRemoved);
  }
}
