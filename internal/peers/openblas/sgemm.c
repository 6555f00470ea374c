/* OpenBLAS sgemm over shapes read from standard input, one a line:
 *   m k n transA transB batch
 * row-major products op(A) [m, k] times op(B) [k, n], where transA or transB of 1 says that the operand lies in memory
 * transposed. A batch is products of matrices that lie one behind the other. Prints a line of JSON for each:
 *   {"m":…,"k":…,"n":…,"trans_a":…,"trans_b":…,"batch":…,"ms":…,"gflops":…}
 * with the least time of the runs. A batch is run both ways that OpenBLAS offers, all threads on one product after
 * another and a share of the products for each thread; the faster one counts.
 *
 * Build: cc -O2 sgemm.c -o sgemm -lopenblas -lpthread        Usage: sgemm [threads [runs]] < shapes
 */
#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_THREADS = 64 };

typedef struct {
    int m, k, n, ta, tb, first, last;
    const float *a, *b;
    float *c;
} task;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void *run(void *arg) {
    const task *t = arg;
    for (int i = t->first; i < t->last; i++)
        cblas_sgemm(CblasRowMajor, t->ta ? CblasTrans : CblasNoTrans, t->tb ? CblasTrans : CblasNoTrans, t->m, t->n, t->k, 1,
                    t->a + (size_t)i * t->m * t->k, t->ta ? t->m : t->k, t->b + (size_t)i * t->k * t->n,
                    t->tb ? t->k : t->n, 0, t->c + (size_t)i * t->m * t->n, t->n);
    return NULL;
}

/* Each thread takes a share of the batch; each product is then computed by one thread. */
static void run_shared(task all, int threads) {
    pthread_t id[MAX_THREADS];
    task part[MAX_THREADS];
    for (int i = 0; i < threads; i++) {
        part[i] = all;
        part[i].first = all.last * i / threads;
        part[i].last = all.last * (i + 1) / threads;
        if (i > 0 && pthread_create(&id[i], NULL, run, &part[i]) != 0) exit(1);
    }
    run(&part[0]);
    for (int i = 1; i < threads; i++) pthread_join(id[i], NULL);
}

static float *ramp(size_t n) {
    float *x = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
    if (x == NULL) {
        fprintf(stderr, "sgemm: no memory for %zu numbers\n", n);
        exit(1);
    }
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 127) / 127 - 0.5f;
    return x;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 2, runs = argc > 2 ? atoi(argv[2]) : 10;
    if (threads < 1 || threads > MAX_THREADS || runs < 1) {
        fprintf(stderr, "usage: sgemm [threads [runs]] < shapes\n");
        return 2;
    }
    fprintf(stderr, "%s, core %s\n", openblas_get_config(), openblas_get_corename());
    task t = {0};
    while (scanf("%d %d %d %d %d %d", &t.m, &t.k, &t.n, &t.ta, &t.tb, &t.last) == 6) {
        float *a = ramp((size_t)t.last * t.m * t.k), *b = ramp((size_t)t.last * t.k * t.n), *c = ramp((size_t)t.last * t.m * t.n);
        t.a = a, t.b = b, t.c = c;
        double best = 1e9;
        for (int i = 0; i <= runs; i++) {
            openblas_set_num_threads(threads);
            double start = now();
            run(&t);
            double elapsed = now() - start;
            if (i > 0 && elapsed < best) best = elapsed;
        }
        for (int i = 0; t.last > 1 && i <= runs; i++) {
            openblas_set_num_threads(1);
            double start = now();
            run_shared(t, threads);
            double elapsed = now() - start;
            if (i > 0 && elapsed < best) best = elapsed;
        }
        printf("{\"m\":%d,\"k\":%d,\"n\":%d,\"trans_a\":%s,\"trans_b\":%s,\"batch\":%d,\"ms\":%.4f,\"gflops\":%.1f}\n", t.m, t.k, t.n,
               t.ta ? "true" : "false", t.tb ? "true" : "false", t.last, 1e3 * best, 2e-9 * t.last * t.m * t.k * t.n / best);
        fflush(stdout);
        free(a), free(b), free(c);
    }
    return 0;
}
