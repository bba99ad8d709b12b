// A mail client that submits by SMTP and wants to hear 250.
import nodemailer from 'nodemailer'

export interface Submission {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly inReplyTo?: string
  /** Address of this machine to write from; default: whichever the system takes. */
  readonly localAddress?: string
}

export async function submit(port: number, { localAddress, ...mail }: Submission): Promise<void> {
  const transport = nodemailer.createTransport({
    ...{ host: '127.0.0.1', port, secure: false, ignoreTLS: true },
    ...(localAddress !== undefined && { localAddress }),
  })
  try {
    await transport.sendMail({ ...mail, ...(mail.inReplyTo && { references: mail.inReplyTo }) })
  } finally {
    transport.close()
  }
}
