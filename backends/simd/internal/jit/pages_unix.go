//go:build linux || darwin || freebsd

package jit

import "golang.org/x/sys/unix"

// executable returns pages of at least n bytes that fill has written to and that can be run. They are never writable
// and executable at once.
func executable(n int, fill func(pages []byte)) ([]byte, error) {
	pages, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	fill(pages)
	if err := unix.Mprotect(pages, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		release(pages)
		return nil, err
	}
	return pages, nil
}

// release gives pages back.
func release(pages []byte) { _ = unix.Munmap(pages) } // fails only for pages that aren't mapped
