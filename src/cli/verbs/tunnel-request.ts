import type { DeviceTarget } from '../../device/target.ts';
import type { LastingHost } from '../../reach/host/lasting-host.ts';
import type { PickPorts } from '../../tunnel/offer-ports.ts';
import type { ListenOptions } from '../../tunnel/open-listeners.ts';
import type { ReverseRequest, TunnelWords } from '../../tunnel/port-words.ts';
import type { ReportTunnel } from '../../tunnel/tunnel-events.ts';
import type { ProjectDependencies } from './dependencies.ts';
import type { EitherWayRequest } from './reach-either-way.ts';
import type { ProjectRequest } from './requests.ts';

export interface TunnelRequest {
  readonly words: TunnelWords;
  readonly reverse: readonly ReverseRequest[];
  readonly target: EitherWayRequest;
  readonly project: ProjectRequest;
  /** Port of the device's SSH server; default: the one after its name, else 22222. */
  readonly sshPort: number | undefined;
  /** Address of this machine to listen on; undefined: its loopback addresses. */
  readonly bind: string | undefined;
  /** True: all ports that the project publishes, without a question. */
  readonly isAll: boolean;
}

export interface TunnelDependencies extends ProjectDependencies {
  readonly reportTunnel: ReportTunnel;
  readonly chooseDevice: (named: string | undefined) => Promise<DeviceTarget>;
  /** True for the name of a device that is known, or emulated. */
  readonly isDeviceName: (name: string) => Promise<boolean>;
  readonly openLastingHost: (
    target: DeviceTarget,
    options: { readonly port: number | undefined; readonly identityFile: string | undefined },
  ) => Promise<LastingHost>;
  /** undefined where nobody can be asked. */
  readonly pickPorts: PickPorts | undefined;
  readonly findHolder: ListenOptions['findHolder'];
}
