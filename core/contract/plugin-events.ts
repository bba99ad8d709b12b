// Where plugins add the types of their events by declaration merging:
//   declare module 'postern/plugin' { interface PluginEvents { readonly 'greeter.greeted': { readonly by: string } } }

/** Data of plugins' events, by type. */
// Empty by itself: it is there to be merged into.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface PluginEvents {}
