declare global {
  namespace App {
    interface Error {
      /** Name of the problem, a key of the `problems` catalogue. */
      problem?: string;
      /** The network, not the server, said no. */
      unreachable?: boolean;
    }
  }

  /** Answers on their way, by path; see app.html. */
  var wakeEarly: Record<string, Promise<Response> | undefined> | undefined;

  /** The version of package.json, put in by Vite. */
  const WAKE_VERSION: string;
}

export {};
