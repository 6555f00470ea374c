// Package parallel shares out the rows of a matrix among the cores.
package parallel

import (
	"runtime"
	"sync"
)

// Rows works on n rows in parts of neighbours, one a core and all at once.
func Rows(n int, work func(from, to int)) {
	var group sync.WaitGroup
	parts := min(n, runtime.GOMAXPROCS(0))
	for p := range parts {
		group.Go(func() { work(p*n/parts, (p+1)*n/parts) })
	}
	group.Wait()
}

// Panels is [Rows] in parts of one height, which are the same on any number of cores and so keep the bits of sums.
func Panels(n int, work func(from, to int)) {
	const height = 128
	var group sync.WaitGroup
	for from := 0; from < n; from += height {
		group.Go(func() { work(from, min(from+height, n)) })
	}
	group.Wait()
}
