//go:build !linux && !darwin && !freebsd

package jit

import "errors"

func executable(int, func([]byte)) ([]byte, error) {
	return nil, errors.New("jit: no executable memory on this system")
}

func release([]byte) {}
