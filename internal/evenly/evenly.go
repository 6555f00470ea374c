// Package evenly takes some of a list from all over it: lists may be in an order, such as that of classes.
package evenly

// Index is the i-th of n indices at equal distances below all.
func Index(i, n, all int) int { return int(int64(i) * int64(all) / int64(n)) }
