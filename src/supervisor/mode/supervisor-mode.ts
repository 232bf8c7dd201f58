/**
 * Determines who runs a device's services from the available evidence. Evidence that could not be collected is
 * undefined, and a mode that depends on it is reported as uncertain.
 */

export interface SupervisorEvidence {
  /** `GET /ping` on port 48484. `filtered`: the connection is refused or nobody answers. */
  readonly port: 'answers' | 'filtered';
  /** Status of `GET /v2/local/device-info`. */
  readonly deviceInfoStatus?: number | undefined;
  /** `SUPERVISOR_LOCAL_MODE` in the target state. */
  readonly localMode?: boolean | undefined;
  /** config.json names a cloud (`apiEndpoint`); known by SSH alone. */
  readonly isManaged?: boolean | undefined;
  /** The engine has a supervisor's container, and its state; undefined: the engine was not queried. */
  readonly container?: 'running' | 'restarting' | 'stopped' | 'absent' | undefined;
}

export type SupervisorMode =
  'none' | 'down' | 'unmanaged' | 'local-mode' | 'local-mode-off' | 'local-mode-left';

export interface ModeFinding {
  /** undefined: too little is known. */
  readonly mode: SupervisorMode | undefined;
  /** Sources that would have to be read to be sure. */
  readonly unknown: readonly ('engine' | 'config.json' | 'target state')[];
}

const sure = (mode: SupervisorMode): ModeFinding => ({ mode, unknown: [] });

export function findMode(evidence: SupervisorEvidence): ModeFinding {
  if (evidence.port === 'answers') return findOpenMode(evidence);
  switch (evidence.container) {
    case undefined:
      return { mode: undefined, unknown: ['engine'] };
    case 'absent':
      return sure('none');
    case 'restarting':
    case 'stopped':
      return sure('down');
    case 'running':
      return findFilteredMode(evidence);
  }
}

function findOpenMode({ deviceInfoStatus, localMode, isManaged }: SupervisorEvidence): ModeFinding {
  if (deviceInfoStatus === 401) return sure('local-mode-off');
  // 200 shows only that the request is allowed. The mode itself is a key of the target state.
  if (localMode === false) return sure('local-mode-left');
  const unknown: ModeFinding['unknown'] = [
    ...(localMode === undefined ? (['target state'] as const) : []),
    ...(isManaged === undefined ? (['config.json'] as const) : []),
  ];
  if (deviceInfoStatus !== 200 && localMode === undefined) return { mode: undefined, unknown };
  if (isManaged === undefined) return { mode: 'local-mode', unknown };
  return { mode: isManaged ? 'local-mode' : 'unmanaged', unknown };
}

/**
 * Its container runs and its port is closed: a firewall closes it outside of local mode, and while local mode is being
 * left.
 */
function findFilteredMode({ isManaged }: SupervisorEvidence): ModeFinding {
  if (isManaged === false) return sure('local-mode-left');
  return { mode: 'local-mode-off', unknown: isManaged === undefined ? ['config.json'] : [] };
}
