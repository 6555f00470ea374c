//go:build race

package damage

// pooled tells that what a sync.Pool was given is there when it is wanted again. Under the race detector a part is
// dropped at random.
const pooled = false
