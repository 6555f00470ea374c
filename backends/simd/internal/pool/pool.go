// Package pool spreads index ranges over a fixed set of worker goroutines.
//
// What a worker computes never depends on which worker it is or on how many there are: callers cut the work
// into pieces by shape alone, so results have the same bits whatever the number of workers.
package pool

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool runs pieces of work on up to Workers goroutines, the caller's included.
// Its methods may be called from several goroutines at once; nested calls run on the caller alone once every
// worker is busy, so they cannot deadlock.
type Pool struct {
	workers int
	jobs    chan *job
	close   sync.Once
}

type job struct {
	next atomic.Int64
	n    int64
	do   func(i int)
	wg   sync.WaitGroup
	fail atomic.Pointer[failure]
}

type failure struct{ value any }

// New returns a pool of the given number of workers; 0 or less means runtime.GOMAXPROCS(0).
func New(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: workers, jobs: make(chan *job)}
	for range workers - 1 {
		go func() {
			for j := range p.jobs {
				j.work()
				j.wg.Done()
			}
		}()
	}
	return p
}

// Workers is the number of goroutines that Run spreads work over, at least 1.
func (p *Pool) Workers() int { return p.workers }

// Run calls do(i) once for each i in [0, n) and returns when all calls have returned.
// A panic in do is raised again on the calling goroutine.
func (p *Pool) Run(n int, do func(i int)) {
	if n <= 1 || p.workers == 1 {
		for i := range n {
			do(i)
		}
		return
	}
	j := &job{n: int64(n), do: do}
	for range min(p.workers, n) - 1 {
		j.wg.Add(1)
		select {
		case p.jobs <- j:
		default: // every worker is busy: the caller does the work itself
			j.wg.Done()
		}
	}
	j.work()
	j.wg.Wait()
	if f := j.fail.Load(); f != nil {
		panic(f.value)
	}
}

// Close ends the workers. Run must not be called afterwards.
func (p *Pool) Close() { p.close.Do(func() { close(p.jobs) }) }

func (j *job) work() {
	defer func() {
		if r := recover(); r != nil {
			j.fail.CompareAndSwap(nil, &failure{r})
			j.next.Store(j.n)
		}
	}()
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		j.do(int(i))
	}
}
