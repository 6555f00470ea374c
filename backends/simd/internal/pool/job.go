package pool

import "sync/atomic"

// job is one call of Run.
type job struct {
	shares  []share // the indices, cut into as many ranges as there are workers
	do      func(i int)
	members atomic.Int64 // goroutines in join; once all indices are claimed and members = 0, all is done
	sleeps  atomic.Bool  // the caller waits on done
	done    chan struct{}
	fail    atomic.Pointer[failure]
	holders atomic.Int64 // the caller, and the offers that nobody has taken or whose taker is in join
}

// share is a range of indices, on a cache line of its own.
type share struct {
	next atomic.Int64 // the first index that is not claimed
	end  int64
	_    [48]byte
}

// newJob readies an idle job or a new one. The caller holds it.
func (p *Pool) newJob(n int, do func(i int)) *job {
	j, _ := p.idle.Get().(*job)
	if j == nil {
		j = &job{shares: make([]share, p.workers), done: make(chan struct{}, 1)}
	}
	j.do = do
	j.holders.Store(1)
	workers := p.workers
	for w := range j.shares {
		j.shares[w].next.Store(int64(w * n / workers))
		j.shares[w].end = int64((w + 1) * n / workers)
	}
	return j
}

// release ends a hold on the job. An offer may be taken long after the work is done, by a worker that was busy, so the
// job serves again only when nobody can come to it any more.
func (p *Pool) release(j *job) {
	if j.holders.Add(-1) > 0 {
		return
	}
	j.do = nil
	j.fail.Store(nil)
	j.sleeps.Store(false)
	select {
	case <-j.done: // a caller that found the work done didn't wait for it
	default:
	}
	p.idle.Put(j)
}

type failure struct{ value any }

// join claims and does pieces until none is left: first those of its own share, then others'. The pieces of successive
// operations are cut from the same arrays, as a rule in the same order, so each worker finds its part of them in its
// own core's cache. A goroutine is a member before it claims anything, so work that is claimed is never overlooked by
// wait.
func (j *job) join(worker int) {
	j.members.Add(1)
	defer func() {
		if r := recover(); r != nil {
			j.fail.CompareAndSwap(nil, &failure{r})
			for w := range j.shares { // the rest isn't worth doing
				j.shares[w].next.Store(j.shares[w].end)
			}
		}
		if j.members.Add(-1) == 0 && j.sleeps.Load() {
			select {
			case j.done <- struct{}{}:
			default:
			}
		}
	}()
	for k := range j.shares {
		own := &j.shares[(worker+k)%len(j.shares)]
		for own.next.Load() < own.end {
			i := own.next.Add(1) - 1
			if i >= own.end {
				break
			}
			j.do(int(i))
		}
	}
}

// wait returns when no member is left. The caller has joined before, so every piece has been claimed.
func (j *job) wait() {
	for s := startSpin(); s.again(); {
		if j.members.Load() == 0 {
			return
		}
	}
	j.sleeps.Store(true)
	if j.members.Load() != 0 {
		<-j.done
	}
}
