//go:build unix

package lock

import "syscall"

// noFollow opens no symbolic link.
const noFollow = syscall.O_NOFOLLOW
