// The page that hands a provider's form on goes on by itself.
document.getElementById('repost').requestSubmit();
