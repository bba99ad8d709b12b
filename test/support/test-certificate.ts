// A self-signed certificate for localhost and 127.0.0.1, valid for a hundred years: for tests, and worth nothing anywhere else.

export const testCertificate = `
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUd8+6hE/LyKYt+13qGvAp8vhbb3gwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5NDIxNVoYDzIxMjYxMDI4
MDk0MjE1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASF1GovFOWWlIyOOgVXfvpcJr5ZbDAl5mY2G/DgXdraBGRk89V0RWIO
oY2jtXusYVynXmKCzgBiPzwjYaJpNHq6o28wbTAdBgNVHQ4EFgQUXzK+Q6T3aqu+
B26otaBsnCjCtbQwHwYDVR0jBBgwFoAUXzK+Q6T3aqu+B26otaBsnCjCtbQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgFCJEzwhUy1XuLr5AunnK4XAAtWgw5Dj+SwUISNw03qICIBck
x7aY7LS1um8brj/3aSfRaOUEj/lxI1ZkFRkTYLLH
-----END CERTIFICATE-----
`.trimStart()

export const testKey = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg35RlV4Ps5hH9aDbH
GqNoOrbvzA6NPTawYQVk75wzs6ehRANCAASF1GovFOWWlIyOOgVXfvpcJr5ZbDAl
5mY2G/DgXdraBGRk89V0RWIOoY2jtXusYVynXmKCzgBiPzwjYaJpNHq6
-----END PRIVATE KEY-----
`.trimStart()
