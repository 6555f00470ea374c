// Package science holds low-dimensional problems: paths known by their samples, with the points to learn from and the
// truths to judge by.
//
// There are toys of the plane that noise is to become, a mixture whose masses change, snapshots of a population from a
// file, and the probability density of a hydrogen atom. [Open] returns any of them by name. Time runs from t = 0
// (source) to t = 1 (target).
package science
