package main

import (
	"bytes"
	"context"
	"fmt"
)

// products gives amgen and OpenBLAS a turn with every matrix product that amgen lists.
func (o options) products(ctx context.Context, log *record) error {
	if !o.gemm || o.openblas == "" {
		return nil
	}
	out, _, err := o.run(ctx, o.amgen, []string{"bench", "gemm", "--all", "--json"}, "", nil)
	if err != nil {
		return err
	}
	ours, err := parseProducts(amgen, out)
	if err != nil {
		return err
	}
	var shapes bytes.Buffer
	for _, m := range ours {
		p := m.Product
		fmt.Fprintln(&shapes, p.M, p.K, p.N, bit(p.TransA), bit(p.TransB), p.Batch)
	}
	out, _, err = o.run(ctx, o.openblas, []string{fmt.Sprint(o.threads), "6"}, shapes.String(), blasCore(cpuFlags()))
	if err != nil {
		return err
	}
	theirs, err := parseProducts(openBLAS, out)
	if err != nil {
		return err
	}
	if len(theirs) != len(ours) {
		return fmt.Errorf("OpenBLAS reported %d products of %d", len(theirs), len(ours))
	}
	for i := range theirs {
		theirs[i].Product = ours[i].Product // the same, with its preset
		for _, m := range []measurement{ours[i], theirs[i]} {
			if err := log.add(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
