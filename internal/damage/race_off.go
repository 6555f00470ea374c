//go:build !race

package damage

// pooled tells that what a sync.Pool was given is there when it is wanted again.
const pooled = true
