/** What `POST /containers/create` takes, as far as this program sets it (Engine API 1.41). */
export interface ContainerBody {
  Image: string;
  Labels: Record<string, string>;
  HostConfig: Record<string, unknown>;
  NetworkingConfig?: { EndpointsConfig: Record<string, Record<string, unknown>> };
  [field: string]: unknown;
}
