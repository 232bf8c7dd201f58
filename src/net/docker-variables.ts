/** Variables that name another engine or context; before docker 23, also where they are empty. */
const endpointVariables = ['DOCKER_HOST', 'DOCKER_CONTEXT'] as const;
/** Variables that make docker ask for TLS. */
const tlsVariables = ['DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'] as const;

/** The variables in `environment` that keep docker from using the context that is chosen. */
export const overridingVariables = (environment: Readonly<Partial<Record<string, string>>>): string[] => [
  ...endpointVariables.filter(name => environment[name] !== undefined),
  ...tlsVariables.filter(name => (environment[name] ?? '') !== ''),
];
