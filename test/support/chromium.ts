// A Chromium for tests that look at pages and mails as people see them.
import { existsSync } from 'node:fs'

const places = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of the browser: the one that CHROMIUM names, else where Linux systems keep one; undefined where there is none. */
export const chromiumPath = places.find((path) => path !== '' && existsSync(path))
