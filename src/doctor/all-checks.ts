/** Every check, in the order in which findings are shown. */
import type { Check } from './check.ts';
import { surroundings } from './checks/machine/surroundings.ts';
import { interfaces } from './checks/machine/interfaces.ts';
import { route } from './checks/machine/route.ts';
import { bridges } from './checks/machine/bridges.ts';
import { multicast } from './checks/machine/multicast.ts';
import { firewall } from './checks/machine/firewall.ts';
import { mdnsPort } from './checks/machine/mdns-port.ts';
import { proxy } from './checks/machine/proxy.ts';
import { dockerEnvironment } from './checks/machine/docker-environment.ts';
import { inotifyWatches } from './checks/machine/inotify-watches.ts';
import { inotifyInstances } from './checks/machine/inotify-instances.ts';
import { openFileLimit } from './checks/machine/open-file-limit.ts';
import { clock } from './checks/machine/clock.ts';
import { stateDirectory } from './checks/machine/state-directory.ts';
import { reachable } from './checks/access/reachable.ts';
import { sshPort } from './checks/access/ssh-port.ts';
import { enginePort } from './checks/access/engine-port.ts';
import { engineSpeed } from './checks/access/engine-speed.ts';
import { linkSpeed } from './checks/access/link-speed.ts';
import { engineRelease } from './checks/access/engine-release.ts';
import { storageDriver } from './checks/access/storage-driver.ts';
import { supervisorPort } from './checks/access/supervisor-port.ts';
import { variant } from './checks/access/variant.ts';
import { localMode } from './checks/access/local-mode.ts';
import { osRelease } from './checks/host/os-release.ts';
import { configJson } from './checks/host/config-json.ts';
import { clockSkew } from './checks/host/clock-skew.ts';
import { hostName } from './checks/host/host-name.ts';
import { defaultRoute } from './checks/host/default-route.ts';
import { diskSpace } from './checks/host/disk-space.ts';
import { inodes } from './checks/host/inodes.ts';
import { otherSpace } from './checks/host/other-space.ts';
import { readOnly } from './checks/host/read-only.ts';
import { storageErrors } from './checks/host/storage-errors.ts';
import { underVoltage } from './checks/host/under-voltage.ts';
import { temperature } from './checks/host/temperature.ts';
import { memory } from './checks/host/memory.ts';
import { load } from './checks/host/load.ts';
import { oomKills } from './checks/host/oom-kills.ts';
import { failedUnits } from './checks/host/failed-units.ts';
import { restartingServices } from './checks/host/restarting-services.ts';
import { journal } from './checks/host/journal.ts';
import { pendingUpdate } from './checks/host/pending-update.ts';

export const allChecks: readonly Check[] = [
  surroundings,
  interfaces,
  route,
  bridges,
  multicast,
  firewall,
  mdnsPort,
  proxy,
  dockerEnvironment,
  inotifyWatches,
  inotifyInstances,
  openFileLimit,
  clock,
  stateDirectory,
  reachable,
  sshPort,
  enginePort,
  engineSpeed,
  linkSpeed,
  engineRelease,
  storageDriver,
  supervisorPort,
  variant,
  localMode,
  osRelease,
  configJson,
  clockSkew,
  hostName,
  defaultRoute,
  diskSpace,
  inodes,
  otherSpace,
  readOnly,
  storageErrors,
  underVoltage,
  temperature,
  memory,
  load,
  oomKills,
  failedUnits,
  restartingServices,
  journal,
  pendingUpdate,
];
