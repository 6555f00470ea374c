//go:build !unix

package lock

// noFollow is no flag where symbolic links are rare.
const noFollow = 0
